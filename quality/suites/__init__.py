"""The expectations of each relation, as plain data; `quality.run` evaluates them."""
