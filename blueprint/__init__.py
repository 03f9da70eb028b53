"""The program without a cloud: record it, judge it, draw it, report it."""
