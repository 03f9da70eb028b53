"""The architecture, area by area: settings → arguments of components. The only code that knows both."""
