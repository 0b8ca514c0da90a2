import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("price_board_tour", {
    steps: () => [
        {
            content: "The price is marked as below its red line, which is shown",
            trigger:
                ".o_price_board_below:has(.o_price_board_price:contains(110.00)):has(.o_price_board_floor:contains(120.00))",
        },
        {
            content: "Look only at what is below",
            trigger: ".o_price_board_below.form-check-input",
            run: "click",
        },
        {
            content: "Only the machine is left",
            trigger: ".o_price_board_table tbody:not(:has(tr:nth-child(2))) .o_price_board_product:contains(Machine)",
        },
        {
            content: "Search for what is not there",
            trigger: ".o_price_board_search",
            run: "edit nothing of the kind",
        },
        {
            trigger: ".o_nocontent_help:contains(No pricelist price is below)",
        },
        {
            trigger: ".o_price_board_search",
            run: "edit Machine",
        },
        {
            content: "Open the rule that makes the price",
            trigger: ".o_price_board_cell button:has(.o_price_board_price:contains(110.00))",
            run: "click",
        },
        {
            trigger: ".o_form_view [name=fixed_price]",
        },
        {
            content: "Back to the board, which remembers its filters",
            trigger: ".o_back_button, .breadcrumb-item a:contains(Pricelist Board)",
            run: "click",
        },
        {
            trigger: ".o_price_board_search:value(Machine)",
        },
        {
            content: "Revise prices",
            trigger: ".o_control_panel button:contains(Revise Prices)",
            run: "click",
        },
        {
            trigger: ".o_form_view [name=pricelist_ids] .o_tag:contains(List A)",
        },
        {
            trigger: ".o_form_view [name=change] input",
            run: "edit 10",
        },
        {
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            content: "110 + 10 % = 121",
            trigger: ".o_field_x2many tr:contains(Machine) td[name=new_price]:contains(121.00)",
        },
        {
            trigger: "button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Applied)",
        },
    ],
});

registry.category("web_tour.tours").add("price_board_salesperson_tour", {
    steps: () => [
        {
            content: "Price and mark, without figures of cost and red line",
            trigger:
                ".o_price_board_below:has(.o_price_board_price:contains(110.00)):not(:has(.o_price_board_figures))",
        },
        {
            trigger: ".o_price_board:not(:has(button:contains(Revise Prices))):not(:contains(Cost))",
        },
    ],
});
