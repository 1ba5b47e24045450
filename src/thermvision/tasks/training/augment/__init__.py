"""What cameras, files and things before the face do to a thermal picture, on batches (b, 1, h, w) in torch.

`chain.augment` is the one to call; `recipe.through_camera` is what the shipped networks were trained with. Nothing here
mirrors or turns pictures: that moves labels and is done where they are.
"""
