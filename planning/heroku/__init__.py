"""A Heroku app's `app.json` and `Procfile` as sections of a stack file, and what cannot be converted.

Values of config vars are never shown, neither in the result nor in an error. Sources:
https://devcenter.heroku.com/articles/app-json-schema and https://devcenter.heroku.com/articles/procfile
"""

from planning.heroku.app import App, read_app
from planning.heroku.conversion import Conversion, convert
from planning.heroku.problems import HerokuError, decode
from planning.heroku.render import render

__all__ = ["App", "Conversion", "HerokuError", "convert", "decode", "read_app", "render"]
