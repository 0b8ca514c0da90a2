import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const MARKS = {
    ok: {icon: "fa-circle text-success", title: _t("At or above the red line")},
    warn: {icon: "fa-exclamation-circle text-warning", title: _t("Close to the red line")},
    below: {icon: "fa-exclamation-triangle text-danger", title: _t("Below the red line")},
};
const COST_MISSING = {icon: "fa-question-circle text-warning", title: _t("Cost missing")};

/** How an order line stands to its red line; a click says why. */
export class FloorMarkField extends Component {
    static template = "sales_redline_pricing.FloorMarkField";
    static props = {...standardFieldProps};

    get mark() {
        const {data} = this.props.record;
        return data.floor_cost_missing ? COST_MISSING : MARKS[data[this.props.name]];
    }

    get title() {
        return _t("%s: why this red line?", this.mark.title);
    }

    /** The explanation is the server's: what was changed on the form is saved first. */
    async onClick() {
        // Not useService: saving renders the line anew, and its calls would wait for ever with the old component.
        const {action, orm} = this.env.services;
        const resId = await this.getSavedId();
        if (resId) {
            action.doAction(await orm.call("sale.order.line", "action_explain_floor", [[resId]]));
        }
    }

    async getSavedId() {
        const {model} = this.props.record;
        if (this.props.record.resId && !(await model.root.isDirty())) {
            return this.props.record.resId;
        }
        // Saving replaces the records of new lines: find ours again by its place.
        const getLines = () => model.root.data.order_line?.records ?? [];
        const index = getLines().findIndex((line) => line.id === this.props.record.id);
        const saved = await model.root.save();
        return saved && (getLines()[index] ?? this.props.record).resId;
    }
}

registry.category("fields").add("sale_floor_mark", {
    component: FloorMarkField,
    displayName: _t("Red line mark"),
    supportedTypes: ["selection"],
    fieldDependencies: [{name: "floor_cost_missing", type: "boolean"}],
    listViewWidth: 32,
});
