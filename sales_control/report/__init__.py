from . import masters
from . import review
