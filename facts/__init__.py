"""Dated facts about AWS that settings, components and blueprint share. Pure data and arithmetic."""
