"""The back room: judges comments and reacts to what happened. It may import `service`; never the other way round."""
