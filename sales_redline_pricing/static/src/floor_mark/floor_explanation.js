import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const VERDICTS = {ok: "success", warn: "warning", below: "danger", no_cost: "danger", none: "info"};
const REASONS = {wins: "text-bg-success", outranked: "text-bg-secondary"};

/** “Why this red line?”: what the server says about one order line, in a dialog. */
export class FloorExplanation extends Component {
    static template = "sales_redline_pricing.FloorExplanation";
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
    }

    get explanation() {
        return this.props.action.params;
    }

    get color() {
        return VERDICTS[this.explanation.state];
    }

    getBadgeClass(candidate) {
        return REASONS[candidate.reason] ?? "text-bg-light";
    }

    openFloor(candidate) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.price.floor",
            res_id: candidate.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("sales_redline_pricing.floor_explanation", FloorExplanation);
