from . import collection_worklist
from . import collection_worklist_actions
