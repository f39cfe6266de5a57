"""The trained part of the judge: weights learnt elsewhere, applied here with numpy and nothing more. See README.md."""

import os

# One comment is too small to share among threads, and each of them would keep memory of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
