"""How fast, how large and how watchful the project is."""

import blueprint as blueprint  # puts the policies on the path
