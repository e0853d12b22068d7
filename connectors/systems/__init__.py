"""The door for what outside systems tell by themselves: Taobao's messages, Kuaidi100's pushes."""
