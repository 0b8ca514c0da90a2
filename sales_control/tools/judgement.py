"""What a transaction knows about the judging that goes on in it: plain Python around the cursor's cache."""

from contextlib import contextmanager

KEY = "sales_control.judgement"


class Judgement:
    """One object per transaction, gone with its end. Never in the context: whoever calls by RPC sets that.

    :ivar stage: ``confirm`` while the orders that are judged get the state of confirmed ones, ``edit`` while another
        decision is made, None while somebody only looks; who decides claims what he judges by
    :ivar edited: ids of the orders whose edits an outer call judges
    :ivar before_edit: what was noted of orders before the edits that are judged, by what notes it and the order's id
    :ivar goods_leaving: True while goods leave: what stock does to orders then cannot be undone by an error
    :ivar leaving: which goods are about to leave, None where nobody said so
    :ivar reader: for whom texts are written (`res.users`), None for who acts
    :ivar ahead: what a step has read ahead for the question that follows at once; whoever asks takes it out
    :ivar limits: limits that were read, until one changes: by payer and company
    :ivar memo: what is computed once while nothing changes, by a name; None where things may change

    >>> cr = type("Cursor", (), {"cache": {}})()
    >>> judgement = Judgement.of(cr)
    >>> with judgement.during(stage="confirm", memo={}):
    ...     with Judgement.of(cr).during(stage="edit"):
    ...         inner = judgement.stage, judgement.memo
    ...     outer = judgement.stage
    >>> inner, outer, judgement.stage, judgement.memo
    (('edit', {}), 'confirm', None, None)
    """

    def __init__(self):
        self.stage = None
        self.edited = set()
        self.before_edit = {}
        self.goods_leaving = False
        self.leaving = None
        self.reader = None
        self.ahead = {}
        self.limits = {}
        self.memo = None

    @classmethod
    def of(cls, cr):
        """Return the judgement of the transaction of a cursor."""
        return cr.cache.setdefault(KEY, cls())

    @contextmanager
    def during(self, **state):
        """Keep ``state`` for as long as the block runs, then what was before.

        :param state: names of attributes and their values
        """
        before = {name: getattr(self, name) for name in state}
        self._update(state)
        try:
            yield self
        finally:
            self._update(before)

    def remember(self, key, compute):
        """Return what ``compute`` returns; where nothing changes meanwhile, it is called once for a key.

        >>> judgement, calls = Judgement(), []
        >>> def compute():
        ...     calls.append(1)
        ...     return len(calls)
        >>> judgement.remember("facts", compute), judgement.remember("facts", compute)
        (1, 2)
        >>> with judgement.during(memo={}):
        ...     judgement.remember("facts", compute), judgement.remember("facts", compute)
        (3, 3)
        """
        if self.memo is None:
            return compute()
        if key not in self.memo:
            self.memo[key] = compute()
        return self.memo[key]

    def _update(self, state):
        for name, value in state.items():
            setattr(self, name, value)
