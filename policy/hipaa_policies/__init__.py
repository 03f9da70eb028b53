"""The policies: the tri-state engine, the catalog of controls, the rules by area and the waivers."""
