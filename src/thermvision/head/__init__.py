"""The 3-D head: model, identity, pose, landmarks, hair, clothes, rendering."""
