"""Exemptions: which resources a control exempts, the pages of AWS that state the reason, and the conditions to check."""
