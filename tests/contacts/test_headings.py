"""Headings in other scripts: a name, an address and an outlet are found by the headings above them."""

from __future__ import annotations

import pytest

from mailer.contacts.check import check_document
from tests.contacts.conftest import open_bytes

ROW = "{name},{outlet},{role},ada@lantern.example.com,010 12345678,{country}\n"
CHINESE = {"name": "王小明", "outlet": "晨光日报", "role": "记者", "country": "中国"}
KOREAN = {"name": "김하늘", "outlet": "새벽일보", "role": "기자", "country": "한국"}
JAPANESE = {"name": "山田 太郎", "outlet": "暁新聞", "role": "記者", "country": "日本"}
RUSSIAN = {"name": "Анна Ручьева", "outlet": "Маяк", "role": "редактор", "country": "Россия"}


@pytest.mark.parametrize(
    "header, said",
    [
        ("姓名,媒体,职务,邮箱,电话,国家", CHINESE),
        ("联系人,媒体名称,职位,电子邮件地址,手机,国家", CHINESE),
        ("姓名,媒體名稱,職稱,電子郵件信箱,電話,國家", CHINESE),
        ("聯絡人,報社,職務,電子信箱,行動電話,國家", CHINESE),
        ("이름,소속,직책,이메일 주소,전화번호,국가", KOREAN),
        ("기자명,언론사,직함,메일,연락처,나라", KOREAN),
        ("お名前（フルネーム）,御社名・媒体名,お役職,Eメールアドレス,お電話番号,国", JAPANESE),
        ("ФИО,СМИ,Должность,Электронная почта,Телефон,Страна", RUSSIAN),
        ("Журналист,Редакция,Должность,Эл. почта,Телефон,Страна", RUSSIAN),
    ],
)
def test_headings_of_other_scripts_name_their_columns(header: str, said: dict[str, str]) -> None:
    document = check_document(open_bytes(f"{header}\n{ROW.format(**said)}"), "coast.csv")
    assert document["header_row"] == 0
    assert list(document["columns"]) == ["email", "name", "outlet", "role", "phone", "country"]
    (person,) = document["recipients"]
    assert {key: person[key] for key in said} == said


@pytest.mark.parametrize("note", ["备注", "備註", "비고", "備考欄", "Примечание", "Notlar"])
def test_a_note_in_another_script_is_the_offices_own_and_never_the_persons(note: str) -> None:
    document = check_document(open_bytes(f"姓名,邮箱,{note}\n王小明,ada@lantern.example.com,喜欢海豹\n"), "coast.csv")
    assert document["recipients"][0]["note"] == ""


@pytest.mark.parametrize(
    "heading, yes, no", [("退订", "是", "否"), ("수신거부", "예", "아니오"), ("Отписан", "да", "нет")]
)
def test_a_flag_in_another_script_is_read(heading: str, yes: str, no: str) -> None:
    found = check_document(open_bytes(f"邮箱,{heading}\nada@example.org,{yes}\nbo@example.org,{no}\n"), "coast.csv")
    assert [each["email"] for each in found["recipients"]] == ["bo@example.org"]
