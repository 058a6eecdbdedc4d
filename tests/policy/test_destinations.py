"""Where a webhook may send to: what is private stays unreached, however it is spelled."""

from ipaddress import ip_address

import pytest

from labeling.policy.destinations import (
    BadDestination,
    Reach,
    allowed_addresses,
    is_public,
    parse_destination,
    parse_reach,
)

NOWHERE_ELSE = Reach()


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
        *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        "168.63.129.16",
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2620:4f:8000::1", "4000::1"),
    ],
)
def test_what_is_not_public_is_not_reached(address):
    assert not is_public(ip_address(address))
    assert not NOWHERE_ELSE.takes("hooks.example.com", address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_what_is_public_is_reached(address):
    assert is_public(ip_address(address))


def test_one_private_address_among_public_ones_refuses_the_host():
    destination = parse_destination("https://hooks.example.com/", NOWHERE_ELSE)

    with pytest.raises(BadDestination):
        allowed_addresses(destination, ["8.8.8.8", "10.0.0.1"], NOWHERE_ELSE)

    assert allowed_addresses(destination, ["8.8.8.8", "1.1.1.1"], NOWHERE_ELSE) == ["8.8.8.8", "1.1.1.1"]


def test_a_host_that_is_not_there_is_refused_in_the_words_of_a_private_one():
    destination = parse_destination("https://intranet/", NOWHERE_ELSE)

    with pytest.raises(BadDestination) as missing:
        allowed_addresses(destination, [], NOWHERE_ELSE)
    with pytest.raises(BadDestination) as private:
        allowed_addresses(destination, ["10.0.0.1"], NOWHERE_ELSE)

    assert str(missing.value) == str(private.value)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/", "ftp://hooks.example.com/", "//hooks.example.com/", "hooks.example.com", ""),
        *("https://", "https:///path", "https://user:pw@hooks.example.com/", "https://@hooks.example.com/"),
        *("https://hooks.example.com:0/", "https://hooks.example.com:99999/", "https://hooks.example.com:x/"),
        *("https://hooks.example.com/#part", "https://hooks.example.com/a b", "https://hooks.example.com/\r\nX: y"),
        *("https://hooks.exa\tmple.com/", "https://hooks.example.com\\@10.0.0.1/", "https://hööks.example.com/"),
        *("https://[::1/", "https://[fe80::1%25eth0]/", "https://exa$mple.com/", "javascript:alert(1)"),
        "https://hooks.example.com/" + "x" * 500,
    ],
)
def test_an_address_that_is_no_plain_https_address_is_refused(url):
    with pytest.raises(BadDestination):
        parse_destination(url, NOWHERE_ELSE)


def test_an_address_is_taken_apart():
    found = parse_destination("https://Hooks.Example.com.:8443/a/b?c=d", NOWHERE_ELSE)

    assert (found.scheme, found.host, found.port, found.target) == ("https", "hooks.example.com", 8443, "/a/b?c=d")


def test_listed_hosts_and_networks_are_reached_although_private():
    reach = parse_reach(["Sink.internal", "10.1.0.0/16", "::1"])

    assert reach.takes("sink.internal", "192.168.0.7")
    assert reach.takes("other.internal", "10.1.2.3")
    assert reach.takes("other.internal", "::1")
    assert not reach.takes("other.internal", "10.2.0.1")


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://sink.internal/", True),
        ("http://10.1.2.3/", True),
        ("http://10.2.2.3/", False),
        ("http://sink.internal.evil.example/", False),
        # Resolved, this may well lie in the network. But who looks on the way would see it in plain text.
        ("http://named-in-no-list.internal/", False),
    ],
)
def test_plain_text_goes_only_to_hosts_that_are_listed(url, is_allowed):
    reach = parse_reach(["sink.internal", "10.1.0.0/16"])

    if is_allowed:
        assert parse_destination(url, reach).is_tls is False
    else:
        with pytest.raises(BadDestination):
            parse_destination(url, reach)


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "999.1.1.1", "a b", "https://x", "*.internal", "-x"])
def test_a_list_that_is_not_understood_names_the_entry(entry):
    with pytest.raises(ValueError, match="is no host name"):
        parse_reach([entry])


def test_the_demonstration_reaches_nothing_public():
    reach = parse_reach(["127.0.0.1"], includes_public=False)

    assert not reach.takes("hooks.example.com", "8.8.8.8")
    assert reach.takes("localhost", "127.0.0.1")
