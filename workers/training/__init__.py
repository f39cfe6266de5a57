"""How the classifier is made: corpora, our own sentences, the network, its calibration. Wants the extra `train`."""
