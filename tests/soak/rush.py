"""Many phones scan one plaque: `python -m tests.soak.rush PORT PATH RATE SECONDS`.

Each request is a connection of its own, as each phone's is. Who is behind the timetable hurries, so that all
RATE × SECONDS requests are sent however slow the portal is. Prints JSON: {ok, wrong, seconds, slowest}.
"""

import http.client
import json
import sys
import threading
import time

PHONES = 24
HEADERS = {"Host": "localhost", "Accept-Encoding": "gzip", "Accept-Language": "en-US,en;q=0.9"}


def main(port: int, path: str, rate: int, seconds: int) -> None:
    ok, wrong, spent, began = [], [], [], time.monotonic()

    def scan(number: int) -> None:
        for turn in range(number, rate * seconds, PHONES):
            time.sleep(max(0, began + turn / rate - time.monotonic()))
            start = time.monotonic()
            try:
                ok.append(_status(port, path))
            except (OSError, http.client.HTTPException) as error:
                wrong.append(repr(error))
            spent.append(time.monotonic() - start)

    threads = [threading.Thread(target=scan, args=[number]) for number in range(PHONES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong += [status for status in ok if status != 200]
    told = {"ok": ok.count(200), "wrong": wrong, "seconds": time.monotonic() - began, "slowest": max(spent)}
    print(json.dumps(told))


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=HEADERS)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
