import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {download} from "@web/core/network/download";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {formatFloat} from "@web/views/fields/formatters";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const MARKS = {
    below: {icon: "fa-times-circle", css: "text-danger", text: _t("Below the red line")},
    warn: {icon: "fa-exclamation-circle", css: "text-warning", text: _t("Close to the red line")},
    ok: {icon: "fa-check-circle", css: "text-success", text: _t("At or above the red line")},
    no_cost: {icon: "fa-question-circle", css: "text-muted", text: _t("The cost is missing: no red line")},
};

/** Products x price lists: prices, red lines and margins of those who may see them, marks for everybody. */
export class PriceBoard extends Component {
    static template = "sales_redline_pricing.PriceBoard";
    static components = {Layout, MultiRecordSelector, RecordSelector};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        const past = this.props.state || {};
        this.filters = useState(
            past.filters || {
                search: "",
                categ_id: false,
                class_id: false,
                pricelist_ids: this.props.action.context?.pricelist_ids || [],
                below_only: false,
                quantity: 1,
            }
        );
        this.state = useState({data: null, pages: past.pages || [0], busy: false});
        this.onSearch = useDebounced((text) => this.update({search: text}), 300);
        useSetupAction({
            getLocalState: () => ({filters: {...this.filters}, pages: [...this.state.pages]}),
        });
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    get companyDomain() {
        return [["company_id", "in", [false, user.activeCompany.id]]];
    }

    /** What the pager says: the place of the page among all products, if that is known. */
    get pagerText() {
        const {rows, total} = this.data;
        const first = this.state.pages.at(-1) + 1;
        if (!rows.length) {
            return "";
        }
        return total === null
            ? _t("Page %s", this.state.pages.length)
            : _t("%(first)s-%(last)s of %(total)s", {first, last: first + rows.length - 1, total});
    }

    get emptyText() {
        if (!this.data.pricelists.length) {
            return this.filters.class_id
                ? _t("This customer class has no pricelist")
                : _t("There are no pricelists to show");
        }
        return this.filters.below_only ? _t("No pricelist price is below its red line") : _t("No product matches");
    }

    async load() {
        this.state.busy = true;
        try {
            const cursor = this.state.pages.at(-1);
            this.state.data = await this.keepLast.add(
                this.orm.call("price.board", "get_board_data", [{...this.filters}, cursor])
            );
        } finally {
            this.state.busy = false;
        }
    }

    update(changes) {
        Object.assign(this.filters, changes);
        this.state.pages = [0];
        return this.load();
    }

    async onQuantity(ev) {
        const quantity = parseFloat(ev.target.value);
        if (quantity > 0) {
            await this.update({quantity});
        } else {
            ev.target.value = this.filters.quantity;
        }
    }

    nextPage() {
        this.state.pages.push(this.data.next);
        return this.load();
    }

    previousPage() {
        this.state.pages.pop();
        return this.load();
    }

    // Figures

    format(value, digits = this.data.digits) {
        return value === false ? "" : formatFloat(value, {digits: [16, digits]});
    }

    mark(cell) {
        return MARKS[cell.state];
    }

    // Leaving

    openCell(row, pricelist, cell) {
        if (cell.rule_id) {
            return this.openForm("product.pricelist.item", cell.rule_id, _t("Price Rule"));
        }
        return this.openProduct(row);
    }

    openProduct(row) {
        return this.openForm("product.product", row.id, row.name);
    }

    openPricelist(pricelist) {
        return this.openForm("product.pricelist", pricelist.id, pricelist.name);
    }

    openForm(resModel, resId, name) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    /** Start a price revision of what is on the board. */
    revise() {
        const {categ_id, quantity} = this.filters;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Price Revision"),
            res_model: "sale.pricelist.revision",
            views: [[false, "form"]],
            context: {
                default_pricelist_ids: this.data.pricelists.map((pricelist) => pricelist.id),
                default_categ_ids: categ_id ? [categ_id] : [],
                default_quantity: quantity,
            },
        });
    }

    exportXlsx() {
        const options = {
            filters: {...this.filters},
            company_ids: user.activeCompanies.map((company) => company.id),
        };
        return download({
            url: "/sales_redline_pricing/price_board/xlsx",
            data: {data: JSON.stringify(options)},
        });
    }
}

registry.category("actions").add("sales_redline_pricing.price_board", PriceBoard);
