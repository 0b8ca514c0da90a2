from ...tools.groups import FLOOR_MANAGERS, FLOOR_READERS
from ..common import FloorCommon


class ScreensCommon(FloorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_r = cls._create_salesperson(
            "r", "Ru Reader", f"sales_team.group_sale_salesman_all_leads,{FLOOR_READERS}"
        )
        cls.user_p = cls._create_salesperson("p", "Pan Pricing", f"sales_team.group_sale_manager,{FLOOR_MANAGERS}")
        cls.parent_categ = cls.env["product.category"].create({"name": "Machinery"})
        cls.child_categ = cls.env["product.category"].create({"name": "Presses", "parent_id": cls.parent_categ.id})

    def _explain(self, line, user):
        return line.with_user(user).action_explain_floor()["params"]
