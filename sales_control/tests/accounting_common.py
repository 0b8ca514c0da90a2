from odoo.fields import Command


class PreparedCompanies:
    """Gives classes of Odoo's `AccountTestInvoicingCommon` the companies with accounts that `setup/test` makes once, in
    its template database (`setup/shell/companies.py`): a chart of accounts takes longer than most tests.

    Elsewhere, and when all of them are taken, Odoo's class makes one.
    """

    @classmethod
    def _create_company(cls, **values):
        # OVERRIDE
        company = not cls.country_code and not cls.chart_template and cls._find_prepared_company()
        if not company:
            return super()._create_company(**values)
        company.write({"active": True, "name": "Test Company", **values})
        cls.env.user.company_ids = [Command.link(company.id)]
        return company

    @classmethod
    def _find_prepared_company(cls):
        """Return a company that nobody uses: those are archived, until the class or test that uses them is over."""
        for name in ("company_1", "company_2"):
            company = cls.env.ref(f"__setup__.{name}", raise_if_not_found=False)
            if company and not company.active:
                return company
        return cls.env["res.company"]
