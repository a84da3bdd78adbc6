"""Two hundred values that would do harm if typst read them as markup or code."""

FRAGMENTS = (
    *("#", "$", "\\", "*", "_", "`", "```", "@", "<", ">", "[", "]", "{", "}", "(", ")", "~", "="),
    *("//", "/*", "*/", "--", "---", "...", "'", '"', "+", "-", "/", "\\u{41}", "\\#", "#[", "#{"),
    *('#read("/etc/passwd")', '#include "/etc/passwd"', '#import "@preview/cetz:0.3.0"'),
    *('#image("/etc/hostname")', '#plugin("x.wasm")', '#eval("1+1")', "#panic()", "#while true {}"),
    *("#set page(width: 1pt)", "#show: none", "#pagebreak()", "#let x = 1", "#sys.inputs", "$x^2$"),
    *("<label>", "@ref", "= Heading", "- item", "+ item", "/ term: text", "#hide[x]", "#h(-5cm)"),
    *("https://example.org/#a", "*/ #panic() /*", "]) #panic() ([", '"]) #panic()', "\\", "\\\\"),
    *("%PDF-1.7", "endobj", "(((", ")))", "<<>>", "/JS (app.alert(1))", "{{ 7*7 }}", "{% x %}"),
    *("${7*7}", "<script>alert(1)</script>", "&amp;", "\\n", "\\u0000", "null", "true", "0", "[]"),
    *(
        "../../etc/passwd",
        "file:///etc/passwd",
        "' OR 1=1 --",
        "=cmd|'/c calc'!A1",
        "?=?",
        "=?utf-8?",
    ),
)
FRAMES = ("{}", "Dear {} friend", "{}{}", "{} #panic() [")


def values() -> list[str]:
    """Two hundred different ones, printable and of one line each."""
    made = [frame.replace("{}", fragment) for frame in FRAMES for fragment in FRAGMENTS]
    return list(dict.fromkeys(made))[:200]
