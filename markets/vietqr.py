"""VietQR payment codes: write one for a person's account, read any, refuse everything doubtful.

Source: NAPAS, "Quy định về định dạng mã VietQR trong dịch vụ chuyển nhanh NAPAS247", v1.0, 09/2021. A payload
is a row of fields: two-digit id, two-digit length 01–99 in characters, value. Field 63 closes it with CRC-16
over the UTF-8 bytes of all before, "6304" included. No database, no settings.

A field below 65 that the standard does not name is refused: 02–51 may hide another receiver, 55–57 a fee.
"""

import binascii
import re
from dataclasses import dataclass, field

from markets.banks import BANKS
from portal.folding import strip_marks

GUID = "A000000727"  # NAPAS
TRANSFER_TO_ACCOUNT, TRANSFER_TO_CARD = "QRIBFTTA", "QRIBFTTC"
STATIC, DYNAMIC = "11", "12"
ADDITIONAL = {"bill": "01", "store": "03", "reference": "05", "terminal": "07", "purpose": "08"}
_NAMES = {
    "bill": "số hóa đơn",
    "store": "tên cửa hàng",
    "reference": "mã tham chiếu",
    "terminal": "mã điểm bán",
    "purpose": "nội dung chuyển tiền",
}
_KNOWN = {"00", "01", "38", "52", "53", "54", "58", "59", "60", "61", "62", "63", "64"}
_ASCII = re.compile(r"[ -~]+")
_HEAD = re.compile(r"([0-9]{2})([0-9]{2})")


class VietQRError(ValueError):
    """The code cannot be made or trusted; the text is a Vietnamese sentence that says why."""


@dataclass(frozen=True, slots=True)
class VietQR:
    """What a payload says, as strings; None where it says nothing. `additional` is field 62 by sub-id."""

    init: str
    bin: str
    account: str
    service: str
    amount: str | None = None
    mcc: str | None = None
    name: str | None = None
    city: str | None = None
    additional: dict[str, str] = field(default_factory=dict)
    crc: str = ""


def encode(
    *,
    bin: str,
    account: str,
    service: str = TRANSFER_TO_ACCOUNT,
    amount: str | int | None = None,
    purpose: str | None = None,
    bill: str | None = None,
    store: str | None = None,
    reference: str | None = None,
    terminal: str | None = None,
) -> str:
    """The payload of a transfer to an account, or with service QRIBFTTC to a card. Raises VietQRError.

    `amount` is in whole đồng. `purpose`, which the payer sees, is folded to ASCII, 25 characters at most.
    """
    _check_receiver(bin, account, service)
    if isinstance(amount, int) and not isinstance(amount, bool):
        amount = str(amount)
    if amount is not None:
        _check_amount(amount)
    texts = {"bill": bill, "store": store, "reference": reference, "terminal": terminal, "purpose": purpose}
    additional = "".join(
        _field(ADDITIONAL[name], _text(name, value)) for name, value in texts.items() if value is not None
    )
    if len(additional) > 99:
        raise VietQRError("Các thông tin kèm theo dài quá 99 ký tự cộng lại: hãy bớt hoặc rút ngắn.")
    receiver = _field("00", GUID) + _field("01", _field("00", bin) + _field("01", account))
    body = (
        _field("00", "01")
        + _field("01", DYNAMIC if amount else STATIC)
        + _field("38", receiver + _field("02", service))
        + _field("53", "704")
        + (_field("54", amount) if amount else "")
        + _field("58", "VN")
        + (_field("62", additional) if additional else "")
        + "6304"
    )
    return body + crc(body)


def decode(payload: str) -> VietQR:
    """What the payload says, once all of it has been checked. Raises VietQRError, never another error."""
    _check_whole(payload)
    fields = _fields(payload, "mã")
    if next(iter(fields)) != "00" or list(fields)[-1] != "63":
        raise VietQRError("Mã phải mở đầu bằng trường 00 và kết thúc bằng trường 63.")
    if strange := [id for id in fields if id < "65" and id not in _KNOWN]:
        raise VietQRError(f"Mã có trường {strange[0]} không thuộc chuẩn VietQR, tiền có thể tới người khác.")
    _must(fields, "00", {"01"}, "phiên bản")
    init = _must(fields, "01", {STATIC, DYNAMIC}, "kiểu mã")
    bin, account, service = _receiver(fields.get("38", ""))
    _must(fields, "53", {"704"}, "loại tiền")
    _must(fields, "58", {"VN"}, "quốc gia")
    _check_optional(fields, init)
    additional = _fields(fields["62"], "trường 62") if "62" in fields else {}
    return VietQR(
        init=init,
        bin=bin,
        account=account,
        service=service,
        amount=fields.get("54"),
        mcc=fields.get("52"),
        name=fields.get("59"),
        city=fields.get("60"),
        additional=additional,
        crc=fields["63"].upper(),
    )


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of the UTF-8 bytes, always four capital hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


# --- writing -----------------------------------------------------------------------------------------------


def _field(id: str, value: str) -> str:
    return f"{id}{len(value):02}{value}"


def _text(name: str, value: str) -> str:
    """One part of field 62 as it may be written."""
    if not isinstance(value, str):
        raise VietQRError(f"Phần {_NAMES[name]} phải là chữ.")
    if name == "purpose":
        value = strip_marks(value)
    if not value:
        raise VietQRError(f"Phần {_NAMES[name]} đang trống: hãy ghi hoặc bỏ hẳn.")
    if not _ASCII.fullmatch(value):
        raise VietQRError(f"Phần {_NAMES[name]} có ký tự không được phép: chỉ dùng chữ không dấu và chữ số.")
    if len(value) > 25:
        raise VietQRError(f"Phần {_NAMES[name]} dài {len(value)} ký tự: nhiều nhất là 25.")
    return value


# --- checks that both directions share ---------------------------------------------------------------------


def _check_receiver(bin: str, account: str, service: str) -> None:
    if not isinstance(bin, str) or not re.fullmatch(r"[0-9]{6}", bin):
        raise VietQRError("Mã ngân hàng phải có đúng 6 chữ số.")
    if bin not in BANKS:
        raise VietQRError(f"Không có ngân hàng nào mang mã {bin}.")
    if not isinstance(account, str) or not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
        raise VietQRError("Số tài khoản phải có 1 đến 19 chữ số hoặc chữ cái không dấu, viết liền.")
    if service not in (TRANSFER_TO_ACCOUNT, TRANSFER_TO_CARD):
        raise VietQRError("Dịch vụ phải là QRIBFTTA (tới tài khoản) hoặc QRIBFTTC (tới thẻ).")


def _check_amount(amount: str) -> None:
    if not isinstance(amount, str) or not re.fullmatch(r"[0-9]{1,13}", amount):
        raise VietQRError("Số tiền chỉ gồm chữ số, nhiều nhất 13 chữ số, không có dấu chấm hay khoảng trắng.")
    if not amount.strip("0"):
        raise VietQRError("Số tiền không được bằng 0.")


# --- reading -----------------------------------------------------------------------------------------------


def _check_whole(payload: str) -> None:
    """That the text can be a payload and that its CRC, of either letter case, is right."""
    if not isinstance(payload, str) or not payload:
        raise VietQRError("Chưa có nội dung mã.")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", payload):
        raise VietQRError("Mã có ký tự không đọc được.")
    if not re.search(r"6304[0-9A-Fa-f]{4}\Z", payload):
        raise VietQRError("Cuối mã thiếu mã kiểm tra bốn ký tự (trường 63), hoặc có phần thừa phía sau.")
    if crc(payload[:-4]) != payload[-4:].upper():
        raise VietQRError("Mã kiểm tra (CRC) không khớp: mã bị sửa hoặc đọc thiếu.")


def _fields(text: str, where: str) -> dict[str, str]:
    """The fields of a row by id, in their order; every character belongs to exactly one field."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        if not head:
            raise VietQRError(f"Độ dài bên trong {where} sai: sau ký tự thứ {at} không có mã trường.")
        id, length = head[1], int(head[2])
        value = text[at + 4 : at + 4 + length]
        if not length or len(value) != length:
            raise VietQRError(f"Độ dài của trường {id} trong {where} sai.")
        if id in fields:
            raise VietQRError(f"Trường {id} trong {where} bị lặp.")
        fields[id] = value
        at += 4 + length
    return fields


def _must(fields: dict[str, str], id: str, allowed: set[str], name: str) -> str:
    """The value of a field that has to be there, with one of the allowed values."""
    if id not in fields:
        raise VietQRError(f"Mã thiếu trường {id} ({name}).")
    if fields[id] not in allowed:
        raise VietQRError(f"Trường {id} ({name}) phải là {' hoặc '.join(sorted(allowed))}.")
    return fields[id]


def _receiver(text: str) -> tuple[str, str, str]:
    """BIN, account and service out of field 38."""
    if not text:
        raise VietQRError("Mã thiếu trường 38 (người nhận): đây không phải mã VietQR chuyển tiền.")
    outer = _fields(text, "trường 38")
    _must(outer, "00", {GUID}, "mã NAPAS")
    if outer.keys() != {"00", "01", "02"}:
        raise VietQRError("Trường 38 phải có đúng ba phần: mã NAPAS, người nhận, dịch vụ.")
    inner = _fields(outer["01"], "trường 38.01")
    if inner.keys() != {"00", "01"}:
        raise VietQRError("Trường 38.01 phải có đúng mã ngân hàng và số tài khoản.")
    _check_receiver(inner["00"], inner["01"], outer["02"])
    return inner["00"], inner["01"], outer["02"]


def _check_optional(fields: dict[str, str], init: str) -> None:
    """The fields that may be there; a static code with an amount is seen in the wild and accepted."""
    if "54" in fields:
        _check_amount(fields["54"])
    elif init == DYNAMIC:
        raise VietQRError("Mã động (12) phải có số tiền.")
    if "52" in fields and not re.fullmatch(r"[0-9]{4}", fields["52"]):
        raise VietQRError("Trường 52 (ngành hàng) phải có đúng 4 chữ số.")
    for id, name, longest in (("59", "tên", 25), ("60", "thành phố", 15), ("61", "mã bưu chính", 10)):
        if id in fields and not (len(fields[id]) <= longest and _ASCII.fullmatch(fields[id])):
            raise VietQRError(f"Trường {id} ({name}) phải là chữ không dấu, nhiều nhất {longest} ký tự.")
