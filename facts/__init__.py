"""Dated facts about AWS that settings, components, planning and blueprint share. Pure data and arithmetic."""
