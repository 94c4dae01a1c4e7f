"""Rules of network policies, as tests read and write them."""

import ipaddress
from typing import Any

from tests.chart.chart import Document


def tcp(*ports: int | str) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def allows(rules: list[Document], address: str, port: int) -> bool:
    """Whether an address outside the cluster may be reached at a TCP port."""
    wanted = ipaddress.ip_address(address)
    for rule in rules:
        open_port = any(each["port"] == port and each["protocol"] == "TCP" for each in rule.get("ports", ()))
        blocks = [each["ipBlock"] for each in rule.get("to", ()) if "ipBlock" in each]
        here = "to" not in rule or any(
            wanted in ipaddress.ip_network(block["cidr"])
            and not any(wanted in ipaddress.ip_network(but) for but in block.get("except", ()))
            for block in blocks
        )
        if open_port and here:
            return True
    return False
