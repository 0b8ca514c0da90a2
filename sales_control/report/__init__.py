from . import masters
