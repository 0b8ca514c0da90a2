import json

from werkzeug.exceptions import BadRequest, NotFound

from odoo.exceptions import UserError
from odoo.http import Controller, content_disposition, request, route

from odoo.addons.sales_control.tools.xlsx import MIMETYPE

from ..models.price_list.price_board import MAX_ID


class PriceBoardController(Controller):
    """XLSX files of the price-list board and of price revisions; the models check the rights."""

    @route("/sales_redline_pricing/price_board/xlsx", type="http", auth="user", methods=["POST"], readonly=True)
    def export_price_board(self, data="{}", **kwargs):
        """Return the board under the filters in ``data`` (JSON) as a file."""
        try:
            options = json.loads(data)
            company_ids = [int(company_id) for company_id in options.get("company_ids") or []]
            filters = request.env["price.board"]._clean_filters(options.get("filters"))
        except UserError as error:
            raise BadRequest(str(error)) from error
        except (AttributeError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise BadRequest from error
        board = request.env["price.board"]
        if company_ids:
            board = board.with_context(allowed_company_ids=company_ids)
        content = board._get_board_xlsx(filters)
        return self._respond(content, request.env._("Pricelist Board"))

    @route("/sales_redline_pricing/price_revision/<int:revision_id>/xlsx", type="http", auth="user", readonly=True)
    def export_price_revision(self, revision_id, **kwargs):
        """Return the lines of a price revision as a file."""
        if revision_id > MAX_ID:
            raise NotFound
        revision = request.env["sale.pricelist.revision"].browse(revision_id)
        revision = revision.with_context(allowed_company_ids=request.env.user.company_ids.ids)
        return self._respond(revision._get_xlsx(), revision.name)

    def _respond(self, content, name):
        headers = [("Content-Type", MIMETYPE), ("Content-Disposition", content_disposition(f"{name}.xlsx"))]
        return request.make_response(content, headers)
