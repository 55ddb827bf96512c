"""A text grows, and keys and values of what came before are kept.

Each pass computes one new column of keys and values: the others are in the key-value cache. With
`cached = False` all are computed again for every letter, which gives the same text.

Section: Moving
Shows: KeyValueCache, ExtendCache, cached_head
Next: generation, attend
"""

from nnviz import GenerationScene


class KeepsKeysAndValues(GenerationScene):
    prompt = ".cla"
    temperature, seconds = 0.8, 1.7
    seed = 9
    cached = True
