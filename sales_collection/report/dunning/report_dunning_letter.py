from odoo import api, models


class ReportDunningLetter(models.AbstractModel):
    """What the letter is printed from."""

    _name = "report.sales_collection.report_dunning_letter"
    _description = "Dunning Letter"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the notices, each in its own company and in the language of its addressee.

        :raise: AccessError for who may not read one of them: whoever is logged in can ask for the address of a report
        """
        notices = self.env["dunning.notice"].browse(docids)
        notices._check_exist()
        notices.check_access("read")
        # Superuser: a letter shows bank accounts, orders and addresses that not every reader of the notice may read.
        return {
            "doc_ids": docids,
            "doc_model": "dunning.notice",
            "docs": [notice._with_addressee() for notice in notices.sudo()],
        }
