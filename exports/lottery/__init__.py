"""The public lottery for places: its seed makes it repeatable; anybody can check it from the published lists."""
