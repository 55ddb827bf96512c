"""What pictures are put together from: arrays of lines, images, matrices, numbers and words."""
