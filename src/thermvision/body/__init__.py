"""Bodies below the head: shape, clothes, poses, and what people hold and sit on."""
