import time
from milenari.journal import perform, search, read, subtrees
from milenari.journal.models import Entry, Touch
from tests.journal import book as books
from tests.journal.test_read import *
from django.db import connection
def test_big(home, db, lowered):
    books.found("ROM","BCN")
    perform.perform_all(books.work(400))
    rows=list(Entry.objects.filter(site="ROM", index__gt=20)); 
    base={t.entry_id:t for t in Touch.objects.all()}
    n=1000000
    for k in range(260):
        es=[]; 
        for r in rows:
            n+=1; es.append(Entry(pk=n,site="ROM",index=n,act=f"a{n}",action=r.action,person=r.person,happened_at=r.happened_at,written_at=r.written_at,leaf=r.leaf,body=r.body))
        Entry.objects.bulk_create(es)
        Touch.objects.bulk_create([Touch(subject=base[r.pk].subject, version=e.pk, entry_id=e.pk) for r,e in zip(rows,es)])
    print(Entry.objects.count())
    for name,w in {"all":search.Wanted(sites=None),"own":search.Wanted(sites=frozenset({"ROM"})),"none":search.Wanted(sites=frozenset({"XXX"})),"reason":search.Wanted(sites=None,reason="zz"),"find":search.Wanted(sites=None,finding="any"),"late":search.Wanted(sites=None,late=True),"who":search.Wanted(sites=None,sort="who"),"none-reason":search.Wanted(sites=frozenset({"XXX"}),reason="zz"),"about":search.Wanted(sites=frozenset({"XXX"}),subjects=("person:qa-rom",))}.items():
        t=time.time(); h=search.find(w,0,25); print(name, h.total, round(time.time()-t,3))
    assert 0
