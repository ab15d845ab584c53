"""The night's assets by stage; each body loads, calls a room and stores, and holds no rule of its own."""
