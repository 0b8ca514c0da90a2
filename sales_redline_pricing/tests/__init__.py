from . import test_price_floor
from . import test_floor_traps
from . import test_floor_enforcement
from . import test_price_board
from . import test_price_revision
from . import test_floor_screens
from . import test_floor_marks
from . import test_floor_statements
