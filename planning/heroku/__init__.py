"""A Heroku app's `app.json`, Procfile and `heroku.yml` as sections of a stack file, and what cannot be converted.

Values of config vars that may be secret are never shown. Sources:
https://devcenter.heroku.com/articles/app-json-schema, https://devcenter.heroku.com/articles/procfile and
https://devcenter.heroku.com/articles/build-docker-images-heroku-yml
"""

from planning.heroku.app import App, read_app
from planning.heroku.conversion import Conversion, convert
from planning.heroku.problems import HerokuError, decode
from planning.heroku.render import render

__all__ = ["App", "Conversion", "HerokuError", "convert", "decode", "read_app", "render"]
