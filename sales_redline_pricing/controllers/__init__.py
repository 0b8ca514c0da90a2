from . import price_board
