"""The networks themselves: plain residual nets, small enough to train on two CPU cores."""
