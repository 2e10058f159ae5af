"""The page of the issue: redirect, XHR, lazy images, iframe, video, infinite scroll, a worker."""

from __future__ import annotations

import base64
import json
import zlib
from http.server import BaseHTTPRequestHandler

from tests.support.capture_site import Answer, Site, html, picture, redirect

# Two seconds of 64 x 48 pixels, WebM/VP8, made once with ffmpeg from its own test picture.
VIDEO = zlib.decompress(
    base64.b64decode(
        "eNq1V4dT00vb/YVeQhPpSBNpIr0pJaELSBBBaQoIAoJIE5ROQgs9iKAQIHQRKYKhFxNEUK/0Llc6gvTeIb8Pr/f9"
        "3r/gfebZ2Tnz7D5z9uyZnVlu3cmCHK1oFERr/2xsoSi0tlE0WuGRz5wcHmuhUWRaUSgyTjOkCwT4HUyJLMaZvo3G"
        "TfFmpZFsBiXOZmWovD+I3bzi0RnqMG5KOEPnzNtczMrCIax/IK9Z01kxnOnZyp8+gBXwv4rfrHIlRqoimLTgxsjI"
        "G/efOlto/jPpxMbAc+D/LPpN9kvFv1xgIyjIk/aYf/dDslCAUE1WhJ/HgxgUEB11x+7OTZUIFOTibEQk4/x75FRy"
        "JQreiJLBoshuV0bebkBBfp+178mTbkdivON/27h8SdctQOsitE10dG/poOPPGDgKuLs6PPXyd/mSr1sQo3P7lqa5"
        "gQlCB50qI3Ptd8pJyfwnAIBfu9YPQbOAAgp09FEAgLzJDWRDJODAWUmfJioqJioyhoyMzK9ReDWU48DmqGWD9Xqo"
        "4p7oroukXST4iqQXZrQHOYGsQE4hJOUDdSL1DvoI3Kxg5l+bHAokhgBh9065YMVhvgeqp2ag4unk1OWDui3pnFMB"
        "vk5CWSiPL3fgyIuCVf4k7CUYlqTklBEcf8wxR5VA1cK0mWMPo2sU9T8mUW9PIglT4FfYx9BboA8I/kV+dKGdIYAN"
        "Z3/OVUiZONzkwrc3BG0zNLHOEbo7Uq7hFNLFhKPsvbC+6UgNxfd+NICS6tJ4Vm8AJHDTg7yVkNZKgFm3IbaCktuJ"
        "7vNWMs2Kpf4Df5cqe7XcgiKk5Ypswl58ZVzTSfNPmntYz3/i25hyWdvVO7BvNc2WvwoaPCCnhdHmfV/z8aArPdmZ"
        "JkBzSIt4tPBL1PJ8mhM2SM+T/00sa9Uv0cxVAXYhJ+wP7I/EX4K31crgCSPiukHVENrZTvvsI1W+xvIHqe4/X/BK"
        "Geb36Wc9yY9/UwKSAlr8qOLXK79r3Oyh/YxZUptv0soy6g0pYlTVjCBbnKRZoBuOOcl49EgiIbyPVx9hMFqfgXrW"
        "46v5nIRt3s5Ol64S27dPeUEl77pt8e0YaIUlKOGzb/iB0ekLXh3gQX8taYSw68iIJlmvcJVYcFyQMVn+3rwp7XmN"
        "ycg/4i6XQ+AvqyUz2uJJnCM1m94WgSXAqjjCiStlplWit1vbcSsYvH0ZPE02z6qf6VuChriYHSiJxkCaBKeoVtBI"
        "BAPFRG5ZFnp6zme71cALrq1pCaHrPUvTnJNGmZ6Di/3O9lHgok2h/YJRYcqAyWh0vri5WZ+ckN6+TSjisgssjNxp"
        "zOm7nfVwPGCK0UW4pD5OyXJ03VRMvzLamywcBg7b9QXBmzrOxeJzKKjR1DJ5hTdX00BxsEVb9nSkZs3v3hMC+Jhx"
        "iWbrYflH2wdOlTnxV12724lliTQcvSkF+LrN15ySpFFrVRiDcOmESu6Y1va8+zcStbZWqNhgB8bffxnNAx7xlokm"
        "ub26z9iEU90PunGr0q6PoWfC+KJ5XVnu56nxD7CIT5mRz2eY219GlbfgsmjVqDFu7bq8EW3iJgMkkR3nEScmTj7N"
        "6/HjnK+MRrm8766f5g70X7iUH3394l3Wi9BrZF9ir7FAqPRdlt3JIpTnrIyS17+mWhvt+lB+1eXi+yWgU6WjqlpM"
        "0XbudgCpb6mmMWo7bpt2aebBlYnO8FfbXmGNPxB6sbzVa/YsGE3uegpFRfYCD9tOVt7dvaFFk1PphszF+83qz5IF"
        "3pAijK0OVuU7XXzUNJIxDEHz2ephPLHzZcX65+YFYWDPx96IDc+iNmjcWA1C/sI6pz+fFWE75g6sSlp8PV5ke4G5"
        "XCD2Qm3pwpU4m/lozkYfEPvQUae2nDVus9TkF7Esw+4Ngz35+TVlLq/nwSFS90MF2wp81k+9wYX7XcQCzVAUcAR4"
        "UwEQZmaAL4fNjQEMWYSfdgUCR/gQcA+1sNi4spzgGXGCMh8hGba+MJGE7Pp6GUnJvPeHu7ZzsXlwsX69imTPIQLG"
        "uIApAKATKEGqHn4OcYvit2WkxoTiTvgFmvSCNvxwRTSAZLuMASjFG3bU7X6npwR6F2aZ3MScPjDGbydQbY8CN80c"
        "PuCKCBKvnejCZ3rG8qzBFT+XANJ5UvKJi6/0L7f6/DwFBBNr6GOYTbeVhLQ0ifqS9Fts30ZJxVMqavUvOhYtC+6O"
        "fH2Wc9+R4o8apu/8bB+mwRdfttouhDJrdLhLEtpfCWLbssIf0iphoAEKimn6E7OdKF8F6AdyZtx+ooHMeltn3yaD"
        "XPYrL3rT66GXOjoSNNBxFlQnbmvQupH9u87BQ0LvijMKat4d/W0s+9ERUnFUrmNBGsIfwmbSZtFxk/M3NAg+siTL"
        "IdJLf6L9B3h0kptIznTBcLtF26WVkvSnd76pHZtIfvBPL8/qdUhRB2GVQIGmFQqyA5iSA8DZBXBSpJL/4I+kqBgk"
        "E33auFJafmRDRwSomLHwK7awAI6kpXVf+Pe4T9HbkxEVPNyet6FjnYnodD/hCsNbPSwkjRYLvc1DLV6FtqtNNqVd"
        "msjTtR4wLpOjcIt9FvE9VzxV3scheEiaV2CMj8pePO5OZYOadNXTSWe4H+gB7RqmG3k9HQCU0LaBkV+e8LbcuHhg"
        "6FGfnlfvkH1jVhsfwdNouBCfZufFQTrqMy7Q06ONymNS0HK3KD2dtp9Lf+18T+qtp37toazewLr3/PWf1OZZFIPd"
        "uLvZ13MdLeaTdLRKWxQULwxExTgdsYl5E/DFPjoTIxG8m1ctVMjs11W4Katxutin/tZsrYVAKJ6dvOH9ml3fLav1"
        "cfG6m3/TcpkFbGoLpIvqLv5UJ/XX2m50U3A8VBDcFlbKTB0tpLPF66uv+14L+i5ctNMUiqoaFMgk+Z9pa4siWwNM"
        "Kf7VNteTiskehgwi+sQ5WvlO0SUznCApm6mqWZibzzSOAOgNMONzLxUraTytkOBp1OA84XDmkQ9u6dqlArSJdg4G"
        "Z4Cv6whNVR6wuLy/c53JqNZJQQfTA3bioIMSRejs6p3UMBJ8o/nJJCMj+WJuULqrEGkCk6MeccEhF4o3rp0/zzWe"
        "xydbAyF9OSFYDomyD2qL4SZohxh3WfVVq5tOakfO5ZfLsWRJBk2hDeNkj0fh3DC+rqX+Z2LhKs8qH2MoUpp4bbt8"
        "5xF+cT9oY6i2l8Zb/ZgGTHZ2eSgvYa5BGGvy77/8yhmy4bSrm1I1J7R1+M2x50RJEP3y9F3+DfkEkQlyttH0ssaq"
        "5bwMiVT01gQt4c1xu8gqQ3l25EG3ypqEptHDn+cnnB/jwXWnwPUkob+0Q0UOWT31Hzw+TADemSU5NmaQOrhiyx7l"
        "MtR1dTs4250JrIYi//XbvL9fD05K5gtIXrujWFNVSMErAD+LLXKyQVIxlyHpLTBvY1f64fvtO+ep3wUqbL2LU1+Q"
        "v7yaJ5AWMTrIZu4DPaWfNS9GbSBK1fM0y4gqlJJLV+UemYHgHBNZsFL1jBvG+oVR469ApN9wz1e3mn7+hLWYIY2i"
        "g1genTCSxLuaHJU2hV2PmBSM+2dTHL0yS8k8bmG6f8Z9s0En3W+ZaKd1lz03c0EggS94ZgLiNvoh/+kav0nALMro"
        "c8YcsnbK4p4PQnkatMF+l030YKcxc6lztoF00d8cZcju+DaR2vOaLfi9AC8R1bmaKyfMXcTDbLaPuDdGLjj9SOTT"
        "sAfq2mFx5yd+6EuepbJG/SjTyER9dQ6uUg9URvNAcakpEm1bWqgKxGh5sRPovBuqqvydS06Ymz1/nskXgKKYAfr+"
        "yMeFRVJgV+H14UDpEIDQIEfZJSPukzN4A//x5shJffNx+6d2+UAK9rnJizq57wmGN2PH8u0jNvsqhGMeGsrtMKr1"
        "e8kSlj9Rk5mArwa2HIR+9KLNDsRLOsY+TZIK08Qqj00IJDR2EtRICVvpAGORhJ2AzR5wxZ0AclZDIcKwbdXjEVEw"
        "cvWEb4ysTHxxsuvUVoJqZducAQYyGGWGfcgBB8PwRNye0twJXp5NFympJeR9jmSEbyNIvaeUttj59l3Pje+exaVv"
        "G3Cez2O1wYXr0j0mu5hXoxT4iootArufrRBVbyy53Ouy42O6OrjPQhCxhTPYi2xPgOA1XCCBdGidZrdOmJu+1b+P"
        "K/Z/JBr/asDRc/wg9vZ3aWUXUqv0Pm4Na0FbZxmDb4m98zbFuc+rtWo+P4TWCnPh8ufn3M4/d6QY3x6WPbznmSmp"
        "ZISrtqJhkxY095mbohG2OuZTuvtSXP9nXe1SzZn2XijKH4AsxR/rkmMTt/Il4MpbAPsGd1vSVyorEpv+FTO1a4xI"
        "4F8Hj1Da5qJrsunT5VxOApcHP795xK9ssFuvYy2yBpN7+tHVuY6V4YpuIWUO+1Sibj8BjA/pj87xXLPXeeFmU/A2"
        "p7s0eFO03g4qJm82yqDAWKyvAFmeEx1vqaQIYXGhV2kmmnPwvSdKmkZN5326P8lsOiQh6VIVH3KPJNY8brmgamXd"
        "8zS8MbD8Ybgzs1TbC9nDjQ+fliyVR/SQnAUv89w4xFxVgk8FLz1JHI6vOci++s1Q/fp4gsscGadzxpCttIBpqvvG"
        "ESSEx3OPk41OUZdwZ3AkgzbJIeTwNvWyLr/s5/iiNVa8vGXU3lHmF3RZA+SmgtJbkvqor76FNusDDjVfSmSXjW+q"
        "m6ERvO4YWLPWqOgNiU2yz/MR8AQi88oljgOFYzeLL62KLYa+UKPnpGJjWQzk7ojd05OQu554XkbE7rQaeib5DRTV"
        "MCD7j93P29Ms5lFALN4CWcH0IrrHfW1DHL3/73RaT0/joCqp6RUHajvZXpyYgRSLmdP07PREN+UeQuJACPyaX03X"
        "YMz4t7wZE/u5h39PEacaomILwxaURS8uSL8pua1Nf04mo61PREz8QfLASLj+3O7LIJWLymGDgYwe7tXZpf18o8w1"
        "2PH7kTV1pcsHGQL8MnnKhjGMAYaGA49d+foWolg2WWTOm7RNRe8WBpIAH4aP3pYSpLbz7L2LH4oEo0URqDxKclTd"
        "bMPw40ZZZ1pLuZPa18/2qV+yaTWG4KG6954tz/wllPA1gG95vsUy3Irwl6KnNc0S17Qg27SdXxihrkrRbmplj8S7"
        "NHjvy1H82yJbDqoBFa5fx+bIYYoTdez7IJJm6c2uaMyXdSajbTyo+zH1oweDCqfENY0joSZv4ThqIvD7A/28CYNH"
        "AXVxZx/1zXCI6waK/P8AlItuHg=="
    )
)

_HEAD = """<style>
 body { font: 16px "DejaVu Sans", sans-serif; margin: 2em } img { display: block; margin: .5em 0 }
 .post { border: 1px solid #888; padding: .5em; margin: .5em 0; min-height: 9em }
</style>"""
_BODY = """
<h1>Паблик «Тест» и ещё</h1>
<p id=xhr>…</p><p id=worker>…</p><p id=posted>…</p>
<img src=/first.png alt=first width=160 height=120>
<iframe src=/frame width=300 height=90></iframe>
<video src=/film.webm width=64 height=48 controls></video>
<details><summary>folded</summary><p>inside the fold</p></details>
<div id=feed></div>
<button id=more>Показать ещё</button><p id=comments></p>
<div style="height: 1500px"></div><img loading=lazy src=/late.png width=160 height=120>
<div id=end>·</div>
<script>
 fetch("/data.json").then(r => r.json()).then(d => xhr.textContent = d.said);
 fetch("/post", {method: "POST", body: "question"}).then(r => r.text())
   .then(t => posted.textContent = t);
 const w = new Worker("/worker.js"); w.onmessage = e => worker.textContent = e.data;
 let part = 0, busy = false;
 new IntersectionObserver(async seen => {
   if (!seen[0].isIntersecting || busy || part >= 4) return;
   busy = true; part++;
   const posts = await (await fetch("/feed?part=" + part)).json();
   for (const p of posts) {
     const d = document.createElement("div"); d.className = "post"; d.textContent = p;
     feed.append(d);
   }
   busy = false;
 }).observe(end);
 let pressed = 0;
 more.onclick = async () => {
   comments.textContent += await (await fetch("/comments?n=" + ++pressed)).text();
   if (pressed >= 2) more.remove();
 };
</script>"""


def feed_site() -> Site:
    def film(handler: BaseHTTPRequestHandler) -> Answer:
        asked = handler.headers.get("Range", "")
        headers = {"Content-Type": "video/webm", "Accept-Ranges": "bytes"}
        if not asked.startswith("bytes="):
            return 200, headers, VIDEO
        first = int(asked.removeprefix("bytes=").partition("-")[0])
        headers["Content-Range"] = f"bytes {first}-{len(VIDEO) - 1}/{len(VIDEO)}"
        return 206, headers, VIDEO[first:]

    def feed(handler: BaseHTTPRequestHandler) -> Answer:
        part = handler.path.partition("part=")[2]
        posts = [f"запись {part}.{n}" for n in range(3)]
        return 200, {"Content-Type": "application/json"}, json.dumps(posts).encode()

    def comments(handler: BaseHTTPRequestHandler) -> Answer:
        number = handler.path.partition("n=")[2]
        return 200, {"Content-Type": "text/plain"}, f"comment {number}; ".encode()

    text = {"Content-Type": "text/plain; charset=utf-8"}
    script = {"Content-Type": "text/javascript"}
    worker = b'fetch("/worker.txt").then(r => r.text()).then(t => postMessage(t));'
    return Site(
        {
            "/": redirect("/page"),
            "/page": html(_BODY, _HEAD),
            "/frame": html("<p>in a frame</p><img src=/framed.png width=40 height=20>"),
            "/first.png": picture("#a03030"),
            "/late.png": picture("#3030a0"),
            "/framed.png": picture("#30a030", (40, 20)),
            "/film.webm": film,
            "/data.json": (200, {"Content-Type": "application/json"}, b'{"said": "by XHR"}'),
            "/post": (200, text, b"an answer to a question"),
            "/worker.js": (200, script, worker),
            "/worker.txt": (200, text, b"by a worker"),
            "/feed": feed,
            "/comments": comments,
        }
    )
