"""Facts that settings, components, planning and blueprint share: tables of AWS data and arithmetic on them.

Nothing here creates a resource or reads configuration. Every table names its source, and its date where AWS changes it.
"""
