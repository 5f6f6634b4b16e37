"""An operator logs in at a colleague's telephone with number and PIN; calls ring there; nobody else can sit there."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange


async def logs_in(town: Exchange, telephone: str, operator: str, pin: str) -> None:
    code = await town.phone_dials(telephone, f"*11{operator}")
    await code.is_up()
    assert await code.hears_speech()
    await code.press(f"{pin}#")
    await code.is_gone(within_s=20)


async def test_operator_logs_in_at_another_telephone(centre: Centre, town: Exchange) -> None:
    made = await centre.ctl("operators", "pin", "2001")
    assert made.status == 0, made.err
    pin = made.out.strip()

    await logs_in(town, "2002", "2001", "0" * len(pin) if set(pin) != {"0"} else "1111")
    await centre.operator_is("2001", "logged_out")

    await logs_in(town, "2002", "2001", pin)
    row = await centre.operator_is("2001", "not_ready")
    assert (row["seat"], row["endpoints"]) == ("2002", ["2002"])

    taken = await centre.ctl("operator", "2003", "login", "2002")
    assert taken.status == 1
    assert "2001 is logged in at the telephone 2002" in taken.err

    code = await town.phone_dials("2002", "*13")
    await code.is_gone(within_s=20)
    await centre.operator_is("2001", "ready")
    citizen = await scenes.waiting(centre, town)
    phone = await town.rings(town.phone("2002"))
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    await phone.is_gone()
    assert (await centre.record_of(citizen))["operator"] == "2001"

    for file in centre.settings.under("asterisk", "log").glob("*"):
        assert pin not in file.read_text(encoding="utf-8", errors="replace"), f"{file.name} tells the PIN"
