from . import mixins
from . import masters
from . import contract
from . import settlement
from . import review
