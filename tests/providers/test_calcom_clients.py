"""One client per account."""

from askpro.clock import Clock
from askpro.providers.calcom import CalcomAccount
from askpro.providers.calcom_clients import CalcomClients
from askpro.providers.calcom_transport import Unprotected
from askpro.settings import Settings


def test_an_account_has_one_client_and_one_circuit() -> None:
    asked: list[str] = []

    def circuit_of(name: str) -> Unprotected:
        asked.append(name)
        return Unprotected()

    clients = CalcomClients(Settings(), Clock(), circuit_of=circuit_of)
    platform = CalcomAccount("calcom_api", "cal_1", "https://api.cal.com")
    same = CalcomAccount("calcom_api", "cal_1", "https://api.cal.com")
    own = CalcomAccount("calcom_api:15", "cal_2", "https://api.cal.com")
    rotated = CalcomAccount("calcom_api", "cal_3", "https://api.cal.com")
    assert clients.of(platform) is clients.of(same)
    assert clients.of(own) is not clients.of(platform)
    assert clients.of(rotated) is not clients.of(platform)
    assert asked == ["calcom_api", "calcom_api:15", "calcom_api"]
