"""How people say in Japanese that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

JAPANESE = Waiting(
    needs=r"依存先[:は]?|前提(?:条件)?[:は]",
    after=r"$^",
    when=r"$^",
    until=r"$^",
    holds=r"ブロック|保留|待ち|待つ",
    behind=r"(?:に|へ)?依存|の?(?:完了|終了)?(?:の)?(?:後|あと)|(?:の)?(?:完了)?(?:を|が|まで)?待(?:ち|つ|って|機)"
    r"|が?(?:完了|終了|終わ)\w*(?:してから|ってから|したら|ったら|するまで|るまで)|が?(?:必要|必須|前提)|次第",
    negations=r"ない|なし|不要|せず",
    done=r"(?:が|の|は)?(?:完了|終了|済み)",
    auxiliary=r"は|が|も|のみ|必ず",
    inner=r"の|は",
    this=r"この(?:フェーズ|ステップ|段階)|本フェーズ|これ",
    previous=r"(?:前|直前|ひとつ前|一つ前)の?(?:フェーズ|ステップ|段階|工程)",
    all_previous=r"(?:前|以前|上記)の?(?:すべて|全て|全)の?(?:フェーズ|ステップ|段階|工程)",
    either=r"いずれか",
    joined=r"と|および|及び|かつ",
    parted=r"または|又は|もしくは",
    waits=r"待機|待つ|待ち",
    soaks=r"様子見|経過観察|慣らし",
    vague=r"しばらく|少し|数|何|一晩|明日|後日|営業日|か月|ヶ月",
    numbers="一|二|三|四|五|六|七",
    units={
        SECOND: "秒|秒間",
        MINUTE: "分|分間",
        HOUR: "時間",
        DAY: "日|日間",
        WEEK: "週|週間",
    },
    spaced=False,
    script=r"[\u3040-\u30ff]",
)
