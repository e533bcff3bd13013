"""The pure parts: hostile texts, resolv.conf, sysfs, and how two sources make one Network."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.adapters.interface_medium import medium_of
from roammail.adapters.network_source import (
    SourceFailed,
    domain_or_none,
    octets_to_text,
    visible,
    web_address,
)
from roammail.adapters.resolv_conf import ResolvConf, parse_resolv_conf, read_resolv_conf
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown


@given(st.binary(max_size=32), st.binary(max_size=32))
def test_two_ssids_never_look_the_same(one: bytes, other: bytes) -> None:
    assert octets_to_text(one).isprintable()
    assert (octets_to_text(one) == octets_to_text(other)) == (one == other)


@given(st.text())
def test_visible_text_is_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()
    assert len(visible(text, 20)) <= 20


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Campus.Example.", "campus.example"),
        ("local", "local"),
        (".", None),
        ("", None),
        ("a..b", None),
        ("-a.example", None),
        ("a b", None),
        ("a.example\x1b", None),
        ("a" * 64, None),
        (".".join(["a" * 60] * 5), None),
    ],
)
def test_domains(text: str, domain: str | None) -> None:
    assert domain_or_none(text) == domain


@given(st.text())
def test_a_web_address_is_safe_or_none(text: str) -> None:
    assert web_address(text) is None or web_address(text) == text
    assert web_address("https://" + text) is None or text.isascii()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ResolvConf()),
        ("search one.example two.example\n", ResolvConf("one.example")),
        ("domain a.example\nsearch b.example", ResolvConf("b.example")),
        ("search .\nnameserver\t9.9.9.9 # quad", ResolvConf(None, ("9.9.9.9",))),
        ("nameserver fe80::1%eth0\n", ResolvConf(None, ("fe80::1%eth0",))),
        ("nameserver nonsense\nnameserver ::1\nnameserver ::1", ResolvConf(None, ("::1",))),
        ("#nameserver 1.1.1.1\n;search x\nsearch", ResolvConf()),
        ("search \x1b[2J good.example", ResolvConf("good.example")),
    ],
)
def test_resolv_conf(text: str, found: ResolvConf) -> None:
    assert parse_resolv_conf(text) == found


def test_resolv_conf_is_capped(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_bytes(b"nameserver 10.0.0.1\n" + b"\xff" * 1_000_000 + b"\nsearch late.example\n")
    assert read_resolv_conf(file) == ResolvConf(None, ("10.0.0.1",))
    file.write_text("".join(f"nameserver 10.0.0.{n}\n" for n in range(100)))
    assert len(read_resolv_conf(file).servers) == 8


def test_behind_the_stub_stand_the_real_servers(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\nsearch campus.example\n")
    assert read_resolv_conf(stub, real).servers == ("127.0.0.53",)
    real.write_text("nameserver 10.0.0.1\n")
    assert read_resolv_conf(stub, real) == ResolvConf("campus.example", ("10.0.0.1",))


@pytest.mark.parametrize(
    ("files", "medium"),
    [
        ({}, Medium.UNKNOWN),
        ({"type": "1"}, Medium.ETHERNET),
        ({"type": "1", "wireless/x": ""}, Medium.WIFI),
        ({"type": "1", "uevent": "DEVTYPE=wlan\nINTERFACE=w"}, Medium.WIFI),
        ({"type": "1", "uevent": "DEVTYPE=wwan"}, Medium.CELLULAR),
        ({"type": "519", "uevent": ""}, Medium.CELLULAR),
        ({"type": "1", "uevent": "DEVTYPE=bluetooth"}, Medium.BLUETOOTH),
        ({"type": "65534", "uevent": "DEVTYPE=wireguard"}, Medium.VPN),
        ({"type": "65534", "tun_flags": "0x1001"}, Medium.VPN),
        ({"type": "512", "uevent": "DEVTYPE=ppp"}, Medium.OTHER),
        ({"type": "772"}, Medium.OTHER),
        ({"type": "1", "uevent": "\x00\xff" * 9000}, Medium.ETHERNET),
    ],
)
def test_medium_by_sysfs(files: dict[str, str], medium: Medium, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="latin-1")
    assert medium_of(tmp_path) is medium


@pytest.mark.skipif(sys.platform != "linux", reason="the adapter is for Linux")
class TestCombine:
    kernel = Network(
        medium=Medium.WIFI,
        interface="wlan0",
        gateway="10.0.0.1",
        gateway_mac="02:00:00:00:00:01",
        prefix="10.0.0.0/24",
        sources=("kernel",),
    )
    manager = Network(
        name="home",
        medium=Medium.WIFI,
        interface="wlan0",
        gateway="10.0.0.1",
        dns_suffix="home.example",
        ssid="home",
        portal=PortalState.NONE,
        metered=False,
        sources=("NetworkManager",),
    )
    failed = SourceFailed(WhyUnknown.TIMED_OUT, "x")

    def test_both(self) -> None:
        from roammail.adapters.network_linux import combine

        network = combine(self.manager, self.kernel)
        assert network.gateway_mac == "02:00:00:00:00:01"
        assert network.prefix == "10.0.0.0/24"
        assert network.name == "home"
        assert network.sources == ("NetworkManager", "kernel")
        assert network.unknown == ()

    def test_the_kernel_alone(self) -> None:
        from roammail.adapters.network_linux import combine

        network = combine(self.failed, self.kernel)
        assert [u.field for u in network.unknown] == ["name", "ssid", "portal", "metered"]
        assert {u.reason for u in network.unknown} == {WhyUnknown.TIMED_OUT}

    def test_the_manager_alone(self) -> None:
        from roammail.adapters.network_linux import combine

        network = combine(self.manager, self.failed)
        assert network.name == "home"
        assert [u.field for u in network.unknown] == ["gateway_mac", "prefix"]

    def test_nobody(self) -> None:
        from roammail.adapters.network_linux import combine

        network = combine(self.failed, self.failed)
        assert network.portal is PortalState.UNKNOWN
        assert {"name", "medium", "gateway", "portal"} <= {u.field for u in network.unknown}

    def test_a_tunnel_beside_the_manager_is_the_kernels(self) -> None:
        from dataclasses import replace

        from roammail.adapters.network_linux import combine

        tunnel = replace(
            self.kernel,
            medium=Medium.VPN,
            interface="wg0",
            gateway=None,
            gateway_mac=None,
            unknown=(Unknown("gateway", WhyUnknown.NO_GATEWAY),),
        )
        network = combine(self.manager, tunnel)
        assert (network.medium, network.interface) == (Medium.VPN, "wg0")
        assert network.gateway is None
        assert network.name == "home"

    @pytest.mark.parametrize(
        ("manager", "kernel", "portal"),
        [
            (PortalState.NONE, PortalState.OFFLINE, PortalState.OFFLINE),
            (PortalState.OFFLINE, PortalState.UNKNOWN, PortalState.UNKNOWN),
            (PortalState.REQUIRED, PortalState.UNKNOWN, PortalState.REQUIRED),
            (PortalState.UNKNOWN, PortalState.UNKNOWN, PortalState.UNKNOWN),
        ],
    )
    def test_portal(self, manager: PortalState, kernel: PortalState, portal: PortalState) -> None:
        from dataclasses import replace

        from roammail.adapters.network_linux import combine

        network = combine(
            replace(self.manager, portal=manager), replace(self.kernel, portal=kernel)
        )
        assert network.portal is portal
        unknown = "portal" in {u.field for u in network.unknown}
        assert unknown == (portal is PortalState.UNKNOWN)
