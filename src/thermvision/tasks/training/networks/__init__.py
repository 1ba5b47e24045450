"""The networks that are trained here: plain strided residual nets, small enough for two CPU cores."""
