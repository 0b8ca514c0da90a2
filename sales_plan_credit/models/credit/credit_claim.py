import psycopg2

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.sales_control.tools.judgement import Judgement

# The claims of a request, kept while Odoo repeats it: set of (company, payer) ids.
CLAIMS = "sales_plan_credit.claims"


class CreditClaim(models.Model):
    """One row per payer and company that every deciding check changes.

    Odoo runs at REPEATABLE READ: who waits for a lock goes on with his old snapshot. Only a row that both change makes
    the second of two transactions fail to serialise; Odoo then repeats it, and it sees what the first has confirmed.
    Odoo repeats five times; so that this is enough for any number of clients, who repeats waits for his turn.
    """

    _name = "credit.claim"
    _description = "Credit Claim"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    version = fields.Integer(help="Number of times a check has claimed this payer.")

    _payer_uniq = models.UniqueIndex("(partner_id, company_id)")

    @api.model
    def _claim(self, company, payers, excluded_orders=None):
        """Claim payers, before a decision is made on what they owe ``company``.

        :param payers: commercial partners
        :param excluded_orders: where given, their positions without these orders are read by the same statement, and
            are what `res.partner._get_credit_positions` is asked for next
        """
        if not payers:
            return
        self._note_claims(company, payers)
        claim = self._get_claim_query(company, payers)
        if excluded_orders is None:
            self.env.cr.execute(claim)
            return
        rows = self.env["credit.exposure.report"]._read_positions(company, payers, excluded_orders, claim)
        Judgement.of(self.env.cr).ahead[self._get_ahead_key(company, payers, excluded_orders)] = rows

    @api.model
    def _get_ahead_key(self, company, payers, excluded_orders):
        """Return the key of positions that were read ahead."""
        return "credit", company.id, tuple(payers.ids), tuple((excluded_orders or self.env["sale.order"]).ids)

    @api.model
    def _get_claim_query(self, company, payers):
        """Return the statement that claims these payers, those with a limit or on hold."""
        return SQL(
            """
            INSERT INTO credit_claim AS claim (partner_id, company_id, version)
            SELECT payer.id, %(company)s, 1 FROM (
                SELECT customer.id, pg_advisory_xact_lock(%(company)s, customer.id) FROM res_partner customer
                CROSS JOIN LATERAL (%(limits)s) AS credit
                WHERE customer.id IN %(ids)s AND (credit.limit IS NOT NULL OR credit.on_hold)
                ORDER BY customer.id
            ) AS payer
            ON CONFLICT (partner_id, company_id) DO UPDATE SET version = claim.version + 1
            """,
            company=company.id,
            limits=self.env["credit.exposure.report"]._get_limit_query(company),
            ids=tuple(payers.ids),
        )

    @api.model
    def _note_claims(self, company, payers):
        """Note for a repetition of this request what it claims."""
        if request:
            claims = request.httprequest.environ.setdefault(CLAIMS, set())
            claims.update((company.id, payer_id) for payer_id in payers.ids)

    @api.model
    def _wait_for_turn(self):
        """In a repeated request, before it does anything: wait until the payers are free, and begin as their holder.

        Who holds them when his snapshot is taken cannot fail. A transaction takes its snapshot with its first
        statement, one that waits included: so the session waits, and the transaction begins anew behind it.
        """
        claims = request.httprequest.environ.get(CLAIMS)
        if not claims:
            return
        cr = self.env.cr
        keys = SQL(", ").join(SQL("(%s, %s)", *claim) for claim in sorted(claims))
        query = "SELECT %s(company, payer) FROM (VALUES %s) AS key(company, payer) ORDER BY company, payer"
        try:
            cr.execute(SQL(query, SQL("pg_advisory_lock"), keys))
            cr.rollback()
            self.env.transaction.clear()
            cr.execute(SQL(query, SQL("pg_advisory_xact_lock"), keys))
        except psycopg2.Error:
            cr.rollback()
            raise
        finally:
            cr.execute(SQL("SELECT pg_advisory_unlock_all()"))
