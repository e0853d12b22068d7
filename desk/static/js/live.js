// Changes as they happen. One tab holds the stream and passes the events on to the others:
// over HTTP/1.1 a browser opens six connections to a site and no more.

const NAME = "zhanggui-desk-live";

/** Calls onChange(summary) for each change; onState(connected); onResume() after a gap. */
export function listen({ onChange, onState, onResume }) {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => deliver(data);

  function deliver(data) {
    if (data.type === "change") onChange(data.summary);
    else if (data.type === "state") {
      onState(data.connected);
      if (data.connected && data.again) onResume();
    }
  }

  function tell(data) {
    channel.postMessage(data);
    deliver(data);
  }

  function stream(opened) {
    const source = new EventSource("/api/events");
    source.addEventListener("open", () => {
      tell({ type: "state", connected: true, again: opened });
      opened = true;
    });
    source.addEventListener("conversation", (event) => {
      tell({ type: "change", summary: JSON.parse(event.data) });
    });
    source.addEventListener("error", () => {
      tell({ type: "state", connected: false });
      if (source.readyState === EventSource.CLOSED) {
        // Refused (signed out) or unreachable behind a proxy: the page finds out by loading.
        setTimeout(() => {
          onResume();
          stream(true);
        }, 5000);
      }
    });
  }

  if (!navigator.locks) {
    stream(false);
    return;
  }
  onState(true);
  let waited = false;
  setTimeout(() => (waited = true), 1000);
  navigator.locks.request(NAME, () => {
    stream(waited); // who takes over from a closed tab catches up first
    return new Promise(() => {}); // held until this tab closes; then the next one streams
  });
}
