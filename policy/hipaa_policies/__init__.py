"""Controls that map to the HIPAA Security Rule, for Pulumi programs on AWS: the rules, the judge and the waivers."""
