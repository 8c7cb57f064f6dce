"""How people say in Chinese that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

CHINESE = Waiting(
    needs=r"依赖于?|取决于|依賴於?|需要?等待?|等待|须等|前置(?:条件|任务|阶段)?[:是为]*|阻塞于|被(?=[^。]{1,20}阻塞)",
    after=r"一旦|不早于",
    when=r"当",
    until=r"直到|直至",
    holds=r"阻塞|等待|等|暂停|不|未|别",
    behind=r"(?:全部|都)?(?:完成|结束|通过|就绪|验证)?(?:之后|以后|后)|必须先?(?:完成|结束)|完成才"
    r"|是前提|为前提",
    negations=r"不|无需|不再|无须|没有|并非",
    done=r"(?:已|已经|都|全部)?(?:完成|结束|通过|就绪)",
    auxiliary=r"只能|必须|可以|才能|才|只|都|也|应|应该|将|的",
    inner=r"于|在|与|全部|所有|先",
    this=r"本阶段|此阶段|本步骤|此步骤|这个阶段",
    previous=r"(?:上|前)一?个?(?:阶段|步骤|步)",
    all_previous=r"(?:之前|前面|以上)的?(?:所有|全部)?(?:阶段|步骤)|所有(?:之前|前面|以上)的?(?:阶段|步骤)?",
    either=r"任一|任意一个|其中之一",
    joined=r"和|与|及|以及|且|并",
    parted=r"或者?",
    waits=r"等待|等|暂停",
    soaks=r"观察|静置|浸泡|冷却",
    vague=r"一会儿?|一段时间|几|数|若干|一些|过夜|明天|稍后|工作日|个月",
    numbers="一|两/二|三|四|五|六|七",
    units={
        SECOND: "秒|秒钟",
        MINUTE: "分|分钟|分鐘",
        HOUR: "小时|小時|个小时|個小時|钟头",
        DAY: "天|日",
        WEEK: "周|星期|个星期",
    },
    spaced=False,
    script=r"[\u4e00-\u9fff]",
)
