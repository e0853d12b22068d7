"""What the house itself says to shoppers, apart from the bot's own answers."""


def queue_position(ahead: int) -> str:
    """Told once when the shopper joins the queue; `ahead` people wait before them."""
    if ahead == 0:
        return "您是下一位，同事马上来。您可以先把情况写在这里，他接手时都能看到。"
    return f"前面还有 {ahead} 位。您可以先把情况写在这里，同事接手时都能看到。"


QUEUE_CANCEL = "不等了"
QUEUE_LEAVE = "留言，稍后回复我"


def queue_cancelled() -> str:
    """The shopper left the queue."""
    return "好的，不转人工了。有问题直接问我。"


def message_left() -> str:
    """The shopper would rather not wait."""
    return "已经记下，同事上班后会在这里回复您。这期间也可以继续问我。"


def agent_joined(name: str) -> str:
    """An agent took the conversation."""
    return f"客服{name}来了，前面的对话他都看得到，不用重复。"


def agent_left() -> str:
    """The agent resolved the conversation; the bot serves again."""
    return "人工服务先到这里。后面有任何问题，直接发给我就行。"


def system_is_back(question: str) -> str:
    """Before the answer to a question that was kept; `question` is masked."""
    return f"系统恢复了，回到您刚才说的「{question}」："


def system_stays_away(question: str) -> str:
    """The system did not come back in time; `question` is masked."""
    return f"系统还没有恢复，您说的「{question}」我已经转给同事去查，不用再说一遍。"


def bot_failed() -> str:
    """The bot could not answer although it tried more than once."""
    return "这条消息我没能处理好，已经转给同事来看，不用重发。"
