from . import credit_exposure_report
from . import payment_behaviour_report
