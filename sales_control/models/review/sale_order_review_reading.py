from datetime import date

from odoo import api, fields, models, tools
from odoo.exceptions import MissingError
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from ...tools.judgement import Judgement
from .sale_order_review import READERS


def is_reference(value):
    """Tell whether a fact names a record, as of `refer`.

    >>> is_reference(["res.partner", 7]), is_reference([7, 8]), is_reference("res.partner")
    (True, False, False)
    """
    return isinstance(value, list | tuple) and [*map(type, value)] == [str, int]


def parse_day(text):
    """Return the day that a text is in ISO form, None for any other text.

    >>> parse_day("2026-12-01"), parse_day("Jade Dragon Ltd."), parse_day("20261201")
    (datetime.date(2026, 12, 1), None, None)
    """
    try:
        return date.fromisoformat(text) if text.count("-") == 2 else None
    except ValueError:
        return None


class SaleOrderReview(models.Model):
    """What people read of a review, each in his own language.

    A review keeps kind, key and facts; sentences and figures are made from them when somebody reads, prints or mails.
    Whoever may not read the figures of a finding reads a neutral sentence, and so does everybody where a text is kept.
    """

    _name = "sale.order.review"
    _inherit = "sale.order.review"

    message = fields.Text("Finding", compute="_compute_message", search="_search_message", compute_sudo=True)
    stored_message = fields.Text(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="What was read when the review was asked for: shown where the facts do not make a sentence any more.",
    )
    facts_table = fields.Html("Figures Compared", compute="_compute_facts_table", sanitize=False, compute_sudo=True)

    @api.depends("kind", "key", "facts", "stored_message", *READERS)
    @api.depends_context("lang", "uid")
    def _compute_message(self):
        self._read_records_of_facts()
        for review in self:
            review.message = review._get_sentence(self.env.user)

    @api.model
    def _search_message(self, operator, value):
        """Search in what the user reads, of the reviews that he may read: nobody finds out what is not told him."""
        reviews = self.search([])  # pylint: disable=no-search-all
        found = reviews.filtered_domain(Domain("message", operator, value))
        return Domain("id", "in", found.ids)

    @api.depends("kind", "key", "facts", *READERS)
    @api.depends_context("lang", "uid")
    def _compute_facts_table(self):
        for review in self:
            rows = review._get_fact_rows()
            review.facts_table = rows and self.env["ir.qweb"]._render("sales_control.review_facts", {"rows": rows})

    # === HOOKS === #

    @api.model
    def _get_finding_message(self, kind, key, facts):
        """Return the sentence that says what was found, in the language of who reads it; other addons say theirs.

        Called for findings and for reviews of long ago: what it needs is in ``facts``, records as of `refer`. Where a fact
        is missing the sentence of the request is shown.

        :return: text, None for a kind that is not known here
        """
        make = {
            "amount": self._get_amount_message,
            "special": self._get_special_message,
            "mismatch": lambda facts: self._get_mismatch_message(key, facts),
        }.get(kind)
        return make and make(facts)

    @api.model
    def _get_neutral_message(self, kind, key, facts):
        """Return the sentence for whoever may not read the figures of a finding; None where everybody may.

        Other addons say theirs, and extend `_reads_facts`. It needs no fact: those of earlier versions may be missing.
        """
        return

    @api.model
    def _reads_facts(self, kind, facts, reader):
        """Tell whether a user may read the figures of a finding that has a neutral sentence; other addons tell of theirs.

        :param reader: `res.users`, empty for a text that everybody reads
        """
        return False

    @api.model
    def _get_fact_labels(self):
        """Return what the facts of findings are called; other addons add the names of theirs.

        Facts whose names end with ``_id`` are for the sentence only.

        :return: dict, name of a fact -> label
        """
        return {
            "basis": self.env._("Basis"),
            "amount": self.env._("Amount (company currency)"),
            "amount_in_currency": self.env._("Amount (order currency)"),
            "currency": self.env._("Order currency"),
            "date": self.env._("Exchange rate date"),
            "min_amount": self.env._("Approval threshold"),
            "contract": self.env._("Contract"),
            "order": self.env._("Order"),
            "difference": self.env._("Difference (company currency)"),
            "unit": self.env._("Unit"),
            "special_reason": self.env._("Reason"),
            "company_currency_id": self.env._("Company currency"),
            "rule_id": self.env._("Rule"),
            "product_id": self.env._("Product"),
            "partner_id": self.env._("Customer"),
        }

    # === BUSINESS METHODS: SENTENCES === #

    @api.model
    def _get_reader(self):
        """Return who reads what is found now: the user, unless a text is written for somebody else."""
        reader = Judgement.of(self.env.cr).reader
        return self.env.user if reader is None else reader

    @api.model
    def _say(self, kind, key, facts):
        """Return what is said of a finding to who reads it now; parameters as of `_get_finding_message`."""
        neutral = self._get_neutral_message(kind, key, facts)
        is_closed = neutral and not self._reads_facts(kind, facts, self._get_reader())
        return neutral if is_closed else self._get_finding_message(kind, key, facts)

    def _is_closed_to(self, reader):
        """Tell whether the figures of this review are not for a user: neither are they open to him nor is he asked.

        :param reader: as of `_reads_facts`
        """
        self.ensure_one()
        facts = self.facts or {}
        if not self._get_neutral_message(self.kind, self.key, facts):
            return False
        return not (self._reads_facts(self.kind, facts, reader) or self._is_asked(reader))

    def _is_asked(self, user):
        """Tell whether a user decides, or has decided, this review; never who asked for it, sells or wrote the order."""
        self.ensure_one()
        asked = self.step_ids.filtered(lambda step: step.state not in ("standby", "skipped"))
        if user in self._get_excluded_users():
            return False
        step = self.current_step_id
        return user in asked.candidate_ids | asked.decided_by or bool(step and user in step._get_deciders())

    def _get_open_sentence(self):
        """Return the sentence of this review for a text that is kept, and read by others too."""
        return self._get_sentence(self.env["res.users"])

    def _get_sentence(self, reader):
        """Return the sentence of this review, made from its facts, else the one that was read at the request.

        :param reader: as of `_reads_facts`
        """
        self.ensure_one()
        if self._is_closed_to(reader):
            return self._get_neutral_message(self.kind, self.key, self.facts or {})
        try:
            sentence = self._get_finding_message(self.kind, self.key, self.facts or {})
        except (KeyError, TypeError, ValueError, MissingError):
            # Facts of an earlier version, or of records that are gone.
            sentence = None
        return sentence or self.stored_message

    def _for_reader(self, user):
        """Return these reviews as ``user`` reads them, in his language; as superuser."""
        return self.with_user(user).with_context(lang=user.lang or self.env.lang).sudo()

    @api.model
    def _get_amount_message(self, facts):
        return self.env._(
            "%(amount)s reaches the threshold of %(minimum)s set by “%(rule)s”",
            amount=self._format_order_amount(facts),
            minimum=self._format_money(facts["min_amount"], facts["company_currency_id"]),
            rule=self._format_fact(facts["rule_id"]),
        )

    @api.model
    def _get_special_message(self, facts):
        values = {"amount": self._format_order_amount(facts), "reason": facts["special_reason"]}
        if not facts["rule_id"]:
            return self.env._("Special contract, %(amount)s: %(reason)s", **values)
        values["rule"] = self._format_fact(facts["rule_id"])
        message = self.env._("Special contract (%(rule)s), %(amount)s", **values)
        return self.env._("%(message)s: %(reason)s", message=message, **values) if values["reason"] else message

    @api.model
    def _get_mismatch_message(self, key, facts):
        """Return in what a signed contract and its order differ; None for a difference that is not known here."""
        about = key.partition(":")[0]
        formats = {
            "amount": lambda value: formatLang(self.env, value, currency_obj=self._get_currency(facts["currency"])),
            "customer": str,
            "payment_term": lambda value: self._format_fact(value) if value else self.env._("none"),
            "quantity": lambda value: formatLang(self.env, value, dp="Product Unit"),
        }
        if about not in formats:
            return None
        values = {name: formats[about](facts[name]) for name in ("contract", "order")}
        if about == "amount":
            return self.env._("The contract amount %(contract)s differs from the order total %(order)s.", **values)
        if about == "customer":
            return self.env._("The contract was signed by %(contract)s, but the order is for %(order)s.", **values)
        if about == "payment_term":
            return self.env._("The contract's payment terms are %(contract)s, but the order's are %(order)s.", **values)
        return self.env._(
            "The contract quantity of %(product)s is %(contract)s %(unit)s, but the order has %(order)s %(unit)s.",
            product=self._format_fact(facts["product_id"]),
            unit=self._format_fact(facts["unit"]),
            **values,
        )

    # === BUSINESS METHODS: FIGURES === #

    def _get_fact_rows(self):
        """Return the figures compared, as (label, text), in the order of the labels."""
        self.ensure_one()
        facts = {} if self._is_closed_to(self.env.user) else self.facts or {}
        labels = self._get_fact_labels()
        names = [name for name in labels if name in facts] + [name for name in facts if name not in labels]
        return [
            (labels.get(name, name.replace("_", " ")), text)
            for name in names
            if not name.endswith("_id") and (text := self._get_fact_text(facts[name]))
        ]

    @api.model
    def _get_fact_text(self, value):
        """Return one fact as text in the user's language; empty without a value, or where what it names is gone."""
        if value is None or value is False:
            return ""
        try:
            return self._format_fact(value)
        except (KeyError, MissingError):
            return ""

    @api.model
    def _format_fact(self, value):
        """Return one fact as text in the user's language.

        :raise MissingError: when it names a record that is gone
        """
        if isinstance(value, float | int) and not isinstance(value, bool):
            # Whole numbers are counts: days, items.
            return formatLang(self.env, value, digits=0 if isinstance(value, int) else 2)
        if is_reference(value):
            return self._get_record_of_fact(value).display_name
        value = str(value)
        if day := parse_day(value):
            return format_date(self.env, day)
        bases = dict(self.env["sale.review.rule"]._fields["amount_basis"]._description_selection(self.env))
        return bases.get(value, value)

    @api.model
    def _format_money(self, amount, currency):
        """Return an amount for people.

        :param currency: as of `refer`
        """
        return formatLang(self.env, amount, currency_obj=self._get_record_of_fact(currency))

    @api.model
    def _format_order_amount(self, facts):
        """Return the amount of an order for people: in company currency, with its own where that is another."""
        text = self._format_money(facts["amount"], facts["company_currency_id"])
        own = self._get_currency(facts["currency"])
        if own != self._get_record_of_fact(facts["company_currency_id"]):
            text = f"{text} ({formatLang(self.env, facts['amount_in_currency'], currency_obj=own)})"
        return self.env._("%s incl. tax", text) if facts["basis"] == "total" else self.env._("%s excl. tax", text)

    @api.model
    def _get_currency(self, name):
        """Return a currency by its code, as superuser."""
        return self.env["res.currency"].sudo().browse(self._get_currency_id(name))

    @api.model
    @tools.ormcache("name")
    def _get_currency_id(self, name):
        return self.env["res.currency"].sudo().with_context(active_test=False).search([("name", "=", name)], limit=1).id

    # === BUSINESS METHODS: RECORDS OF FACTS === #

    @api.model
    def _get_record_of_fact(self, value):
        """Return the record that a fact names, as superuser: who reads a finding reads what it is about.

        :param value: as of `refer`
        """
        model, record_id = value
        return self.env[model].sudo().browse(record_id)

    def _read_records_of_facts(self):
        """Read the names of the records in the facts of these reviews, one statement or two for each model."""
        ids = {}
        for review in self:
            for value in (review.facts or {}).values():
                if is_reference(value) and value[0] in self.env:
                    ids.setdefault(value[0], set()).add(value[1])
        for model, found in ids.items():
            self.env[model].sudo().browse(found).exists().mapped("display_name")
